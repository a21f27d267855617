import { describe, expect, it } from 'vitest';
import { parse, problems, type Given } from './memory-host.ts';

/** Text of the file, then what is wrong with it. `image: x` is there so that nothing else is. */
type Row = [text: string, expected: string[], given?: Given];

function table(title: string, rows: Row[]): void {
  describe(title, () => {
    it.each(rows)('%j', (text, expected, given) => {
      expect(problems(text, given)).toEqual(expected);
    });
  });
}

const image = (rest: string): string => `image: x\n${rest}`;

table('what is not YAML is told with its line', [
  ['image: "x', ['1:10 yaml-syntax This is not YAML: Missing closing "quote: "image: "x"']],
  [
    'image: x\n\tports: []',
    ['2:1 yaml-syntax This is not YAML: Tabs are not allowed as indentation: "ports: []"'],
  ],
  [
    'image: x: y',
    [
      '1:8 yaml-syntax This is not YAML: Nested mappings are not allowed in compact mappings: "image: x: y"',
    ],
  ],
  ['image: x\n---\nimage: y', ['2:1 yaml-syntax A second document begins here: ---']],
  [
    'image: !!js/function x',
    [
      '1:8 yaml-syntax This is not YAML: Unresolved tag: tag:yaml.org,2002:js/function: "image: !!js/function x"',
    ],
  ],
]);

table('the file as a whole', [
  ['', ['1:1 empty-file The file is empty.']],
  ['# only a comment\n', ['1:1 empty-file The file is empty.']],
  ['---\n', ['1:1 empty-file The file is empty.']],
  ['- image', ['1:1 wrong-type The file must be a map of keys and values; this is a list.']],
  ['image', ['1:1 wrong-type The file must be a map of keys and values; this is a single value.']],
  ['null', ['1:1 wrong-type The file must be a map of keys and values; this is a single value.']],
  ['name: shop', ['1:1 missing-image The file names neither an "image" nor a "build".']],
  [
    'inputs:\n  nixpkgs:\n    url: x\nimports: [y]',
    [
      '1:1 other-tool This file belongs to another tool of the same name (devenv.sh, for Nix): it has the key "inputs".',
    ],
  ],
  [
    'image: x\nunknown: y',
    [
      '1:1 other-tool This file belongs to another tool of the same name (devenv.sh, for Nix): a devenv.nix lies beside it.',
    ],
    { files: { '/project/devenv.nix': '' } },
  ],
]);

table('keys', [
  ['imagee: x\nimage: x', ['1:1 unknown-key Unknown key: "imagee"']],
  [
    image('build: {contxt: .}'),
    [
      '2:1 contradiction "image" and "build" contradict each other: the image is either ready or built.',
      '2:1 missing-file The Dockerfile "Dockerfile" does not exist.',
      '2:9 unknown-key Unknown key in build: "contxt"',
    ],
  ],
  [
    image('image: y'),
    ['2:1 duplicate-key The key "image" is here twice: it stands on line 1 already.'],
  ],
  [
    image('tasks: {a: x, a: y}'),
    ['2:15 duplicate-key The key "a" is here twice: it stands on line 2 already.'],
  ],
  [image('__proto__: {a: 1}'), ['2:1 unknown-key Unknown key: "__proto__"']],
  [image('constructor: 1'), ['2:1 unknown-key Unknown key: "constructor"']],
  [
    image('tasks: {__proto__: x}'),
    ['2:9 bad-name "__proto__" in tasks is not the name of a command.'],
  ],
  [
    image('environment: {__proto__: x}'),
    ['2:15 bad-name "__proto__" in environment is not the name of a variable.'],
  ],
  [
    image('environment: [__proto__=x]'),
    ['2:15 bad-name "__proto__" in environment is not the name of a variable.'],
  ],
  [
    image('secrets: {"A B": {file: x}}'),
    ['2:11 bad-name "A B" in secrets is not the name of a variable.'],
  ],
  [image('? <<'), ['2:3 bad-merge << takes a map, or a list of maps.']],
  [image('<<: x'), ['2:5 bad-merge << takes a map, or a list of maps.']],
  [image('? [a]\n: b'), ['2:3 bad-key A key must be plain text.']],
]);

table('types and values', [
  ['image: 12', ['1:8 wrong-type "image" must be text, not the number 12.']],
  ['image:', ['1:1 wrong-type "image" must be text, not empty.']],
  ['image: [x]', ['1:1 wrong-type "image" must be text, not a list.']],
  [image('ports: 3000'), ['2:8 wrong-type "ports" must be a list, not the number 3000.']],
  [
    image('privileged: yes'),
    ['2:13 wrong-type "privileged" must be true or false, not the text "yes".'],
  ],
  [
    image('environment: {A: [x]}'),
    ['2:15 wrong-type "environment.A" must be text, a number, true or false or empty, not a list.'],
  ],
  [
    image('hooks: {create: {a: {b: c}}}'),
    ['2:18 wrong-type "hooks.create.a" must be text or a list, not a map.'],
  ],
  [image('hooks: {create: []}'), ['2:9 bad-value "hooks.create" is empty.']],
  [image('hooks: {create: ""}'), ['2:17 empty-command "hooks.create" is an empty command.']],
  [image('init: false'), ['2:7 bad-value "init" must be true or image, not "false".']],
  [
    image('home: projekt'),
    ['2:7 bad-value "home" must be project, user, host or none, not "projekt".'],
  ],
  [image('mem_limit: 4x'), ['2:12 bad-value "mem_limit" is not a size: "4x"']],
  [image('mem_limit: -1'), ['2:12 bad-value "mem_limit" is not a size: "-1"']],
  [image('mem_limit: 1k'), ['2:12 bad-size "mem_limit" is too small: "1k"']],
  [image('shm_size: 99999999t'), ['2:11 bad-size "shm_size" is too large: "99999999t"']],
  [image('cpus: 0'), ['2:7 bad-value "cpus" is not a number of processors: "0"']],
  [image('cpus: "0"'), ['2:7 bad-value "cpus" is too small: "0"']],
  [image('cpus: .inf'), ['2:7 wrong-type "cpus" must be a number or text, not the number .inf.']],
  [image('workspace: srv'), ['2:12 bad-value "workspace" is not an absolute path: "srv"']],
  [image('workspace: /proc'), ['2:12 bad-path The project cannot appear there: "/proc"']],
  [image('user: "a b"'), ['2:7 bad-value "user" is no user: "a b"']],
  [image('gpus: some'), ['2:7 bad-value "gpus" is not a number of GPUs: "some"']],
  [image('dns: nine'), ['2:6 bad-value "dns" takes IP addresses: "nine"']],
  [image('extra_hosts: [db]'), ['2:15 bad-value No host name and address: "db"']],
  [image('devices: [kvm]'), ['2:11 bad-value "kvm" is no device.']],
  [image('security_opt: [nonsense]'), ['2:16 bad-value Unknown security option: "nonsense"']],
  [image('ulimits: {nofiles: 1}'), ['2:11 unknown-key Unknown limit in ulimits: "nofiles"']],
  [
    image('ulimits: {nofile: {soft: 2, hard: 1}}'),
    ['2:26 contradiction In ulimits, the soft limit of "nofile" is above the hard one.'],
  ],
  ['image: Debian', ['1:8 bad-value "image" is not an image reference: "Debian"']],
  ['image: "debian:a b"', ['1:8 bad-value "image" is not an image reference: "debian:a b"']],
  [
    'image: "a\\0b"',
    [
      '1:8 bad-value A NUL character can stand in no value of this file.',
      '1:8 bad-value "image" is not an image reference: "a\\u0000b"',
    ],
  ],
]);

const range = 'ports are numbers from 1 to 65535';

table('what a part of the wrong type leaves behind', [
  [
    image('nope: 1\nvolumes: [{target: 0}]'),
    [
      '2:1 unknown-key Unknown key: "nope"',
      '3:20 wrong-type "volumes[0].target" must be text, not the number 0.',
    ],
  ],
]);

table('ports', [
  [image('ports: [0]'), [`2:9 bad-port "0" is no port: ${range}.`]],
  [image('ports: [65536]'), [`2:9 bad-port "65536" is no port: ${range}.`]],
  [image('ports: ["80a"]'), [`2:9 bad-port "80a" is no port: ${range}.`]],
  [image('ports: ["a:80"]'), [`2:9 bad-port "a:80" is no port: ${range}.`]],
  [image('ports: [":80"]'), [`2:9 bad-port ":80" is no port: ${range}.`]],
  [
    image('ports: ["80/sctp"]'),
    ['2:9 bad-port "80/sctp" is no port: behind the / stands tcp or udp.'],
  ],
  [image('ports: ["x:1:2"]'), ['2:9 bad-port "x:1:2" is no port: in front stands an IP address.']],
  [
    image('ports: ["::1:80:80"]'),
    ['2:9 bad-port "::1:80:80" is no port: too many colons; an IPv6 address stands in brackets.'],
  ],
  [
    image('ports: ["1-3:1-2"]'),
    ['2:9 bad-port "1-3:1-2" is no port: both ranges must be of the same length.'],
  ],
  [image('ports: ["9-1"]'), [`2:9 bad-port "9-1" is no port: ${range}.`]],
  [image('ports: ["1-65535"]'), ['2:9 bad-port More than 1000 ports: "1-65535"']],
  [image('ports: [{published: 1}]'), ['2:9 missing-key "target" is missing in ports[0].']],
  [
    image('ports: [{target: 1-2}]'),
    ['2:18 bad-port "1-2" is no port: a number from 1 to 65535 is.'],
  ],
  [
    image('ports: [{target: 1, host_ip: x}]'),
    ['2:30 bad-value "host_ip" is not an IP address: "x"'],
  ],
  [
    image('ports: [80, 80]'),
    ['2:13 port-twice Port 80 of the host is asked for twice: by "80" and by "80".'],
  ],
  [
    image('ports: ["8080:80", "8080:81"]'),
    ['2:20 port-twice Port 8080 of the host is asked for twice: by "8080:80" and by "8080:81".'],
  ],
  [
    image('ports: ["0.0.0.0:80:80", "80:80"]'),
    ['2:26 port-twice Port 80 of the host is asked for twice: by "0.0.0.0:80:80" and by "80:80".'],
  ],
  [image('ports: [3000, "3000:80"]'), []],
  [image('ports: ["80:80", "80:80/udp", "81:80", "127.0.0.2:80:80"]'), []],
]);

table('a repository for built images', [
  [
    'build: {registry: UPPER/x}',
    ['1:19 bad-value "registry" is not a repository: "UPPER/x"'],
    { files: { '/project/Dockerfile': '' } },
  ],
  ['build: {registry: "Registry.Example.com/x"}', [], { files: { '/project/Dockerfile': '' } }],
]);

table('missing files', [
  ['build: .', ['1:8 missing-file The Dockerfile "Dockerfile" does not exist.']],
  ['build: nowhere', ['1:8 missing-file The context "nowhere" does not exist.']],
  [
    'build: {context: ., dockerfile: dev.Dockerfile}',
    ['1:33 missing-file The Dockerfile "dev.Dockerfile" does not exist.'],
  ],
  [
    'build: {context: file}',
    ['1:18 not-a-folder The context "file" is not a folder.'],
    { files: { '/project/file': '' } },
  ],
  [image('env_file: .env.dev'), ['2:11 missing-file ".env.dev" does not exist.']],
  [
    image('env_file: [{path: a, required: false}, {path: b}]'),
    ['2:47 missing-file "b" does not exist.'],
  ],
  [
    image('volumes: ["./data:/data"]'),
    ['2:11 missing-file "./data:/data" does not exist on this host.'],
  ],
  [
    image('volumes: [{type: bind, source: data, target: /data}]'),
    ['2:32 missing-file "data" does not exist on this host.'],
  ],
  [image('secrets: {A: {file: a.txt}}'), ['2:21 missing-file "a.txt" does not exist.']],
  [
    image('security_opt: ["seccomp:s.json"]'),
    ['2:16 missing-file The profile in "seccomp:s.json" does not exist.'],
  ],
]);

table('mounts', [
  [
    image('volumes: ["a:b"]'),
    ['2:11 bad-volume "a:b" is no volume: the target must be an absolute path, or one under ~.'],
  ],
  [
    image('volumes: ["vol:/b:z"]'),
    ['2:11 bad-volume "vol:/b:z" is no volume: behind the target stands ro or rw.'],
  ],
  [
    image('volumes: ["vol:/b:ro:x"]'),
    ['2:11 bad-volume "vol:/b:ro:x" is no volume: too many colons.'],
  ],
  [
    image('volumes: ["vol::ro"]'),
    ['2:11 bad-volume "vol::ro" is no volume: there is nothing between two colons or behind one.'],
  ],
  [image('volumes: [""]'), ['2:11 bad-volume "" is no volume: it is empty.']],
  [image('volumes: ["a b:/c"]'), ['2:11 bad-volume "a b:/c" is not the name of a volume.']],
  [image('volumes: ["vol:/"]'), ['2:11 bad-path Nothing can be mounted there: "vol:/"']],
  [image('volumes: ["vol:~/../x"]'), ['2:11 bad-path Nothing can be mounted there: "vol:~/../x"']],
  [
    image('volumes: ["vol:/x", "vol:/x/"]'),
    ['2:21 contradiction "vol:/x/" is mounted where "vol:/x" is already.'],
  ],
  [
    image('volumes: ["vol:/project"]'),
    ['2:11 contradiction "vol:/project" is mounted where the project itself is already.'],
  ],
  [
    image('volumes: [{type: tmpfs, source: a, target: /x}]'),
    ['2:33 contradiction A tmpfs has no "source": "a"'],
  ],
  [
    image('volumes: [{type: bind, target: /x}]'),
    ['2:11 missing-key A bind mount needs a "source": a path on this host.'],
  ],
  [image('caches: [../x]'), ['2:10 bad-path "../x" is no folder of the project.']],
  [
    image('caches: ["."]'),
    ['2:10 contradiction "." is mounted where the project itself is already.'],
  ],
  [image('caches: [a, ./a/]'), ['2:13 contradiction "./a/" is mounted where "a" is already.']],
  [image('caches: ["~"]'), ['2:10 bad-path Nothing can be mounted there: "~"']],
]);

table('contradictions', [
  [
    'image: x\nbuild: .',
    [
      '2:1 contradiction "image" and "build" contradict each other: the image is either ready or built.',
    ],
    { files: { '/project/Dockerfile': '' } },
  ],
  [
    image('network_mode: host\nports: [80]'),
    ['3:1 contradiction With "network_mode: host" there are no "ports" to publish.'],
  ],
  [
    image('secrets: {A: {environment: A, command: x}}'),
    ['2:11 contradiction The secret "A" needs exactly one of environment, file and command.'],
  ],
  [
    image('secrets: {A: {command: x}}'),
    [
      '2:15 host-command A command for a secret runs on the host, so it may stand only in a file of your own.',
    ],
  ],
  [
    image('secrets: {A: {}}'),
    ['2:11 missing-key The secret "A" needs exactly one of environment, file and command.'],
  ],
  [
    image('secrets: {A: {environment: A}}\nenvironment: {A: x}'),
    ['3:15 contradiction "A" is both in environment and in secrets.'],
  ],
  [
    image('cap_add: [CAP_SYS_PTRACE]\ncap_drop: [sys_ptrace]'),
    ['2:11 contradiction "CAP_SYS_PTRACE" is both in cap_add and in cap_drop.'],
  ],
  [
    'build: {secrets: [NPM]}',
    ['1:19 unknown-secret There is no secret "NPM".'],
    { files: { '/project/Dockerfile': '' } },
  ],
]);

table('what this version cannot do yet is never passed over', [
  [
    image('services: {db: {image: postgres}}'),
    ['2:1 not-supported-yet "services" is not supported by this version of devenv yet.'],
  ],
  [
    image('compose: docker-compose.yml'),
    ['2:1 not-supported-yet "compose" is not supported by this version of devenv yet.'],
  ],
  [
    image('idle_stop: 2h'),
    ['2:1 not-active-yet This version of devenv reads "idle_stop", but does not act on it yet.'],
  ],
  [
    image('idle_stop: 0s'),
    [
      '2:1 not-active-yet This version of devenv reads "idle_stop", but does not act on it yet.',
      '2:12 bad-value "idle_stop" is no time at all.',
    ],
  ],
  [
    image('watch: [{path: a}, {path: b, action: rebuild, run: x}]'),
    [
      '2:9 missing-key A rule of "watch" needs either an "action" or a "run".',
      '2:20 contradiction A rule of "watch" needs either an "action" or a "run".',
    ],
  ],
]);

const unset = (name: string, written: string): string =>
  `undefined-variable The variable ${name} is not set: ${written}`;

table('variables', [
  [
    'image: x:${TAG}',
    [
      '1:8 bad-value "image" is not an image reference: "x:${TAG}"',
      `1:10 ${unset('TAG', '${TAG}')}`,
    ],
  ],
  [
    image('environment:\n  A: "b ${C} ${D}"'),
    [`3:9 ${unset('C', '${C}')}`, `3:14 ${unset('D', '${D}')}`],
  ],
  [
    image('environment: {A: "${C} ${C}"}'),
    [`2:19 ${unset('C', '${C}')}`, `2:24 ${unset('C', '${C}')}`],
  ],
  [image('environment: {A: "${toString}"}'), [`2:19 ${unset('toString', '${toString}')}`]],
  [image('environment:\n  A: |\n    line\n    ${C}'), [`5:5 ${unset('C', '${C}')}`]],
  [
    image('environment: {A: "${B:?say which}"}'),
    ['2:19 required-variable The variable B is not set: say which'],
  ],
  [
    image('environment: {A: "50$"}'),
    ['2:21 bad-substitution This is no way to write a variable: $'],
  ],
  [
    image('environment: {A: "${B"}'),
    ['2:19 bad-substitution This is no way to write a variable: ${B'],
  ],
  [image('environment:\n  - A=${B}'), [`3:7 ${unset('B', '${B}')}`]],
  [image('hooks: {create: "echo $HOME ${A:-b} $(id) $$"}\ntasks: {a: ["${B}"]}\nx-y: ${C}'), []],
]);

table('files of variables', [
  [
    image('env_file: a.env'),
    [
      '2:11 bad-env-file "a.env", line 2: this is no NAME=value.',
      '2:11 bad-env-file "a.env", line 3: in C, a $ begins a variable that is not set; put the text in single quotes to take it as it is.',
    ],
    { files: { '/project/a.env': 'A=1\nB C\nC=secret$word\n' } },
  ],
  [
    image('environment: {A: "${A}"}'),
    ['.env:2:1 bad-env-file this is no NAME=value'],
    { files: { '/project/.env': 'A=1\n???\n' } },
  ],
]);

table('devenv.local.yaml', [
  [image(''), ['devenv.local.yaml:1:1 unknown-key Unknown key: "prots"'], { local: 'prots: [80]' }],
  [
    image('prots: []'),
    [
      '2:1 unknown-key Unknown key: "prots"',
      'devenv.local.yaml:1:7 bad-value "home" must be project, user, host or none, not "x".',
    ],
    { local: 'home: x' },
  ],
  [
    image(''),
    ['devenv.local.yaml:1:1 wrong-type The file must be a map of keys and values; this is a list.'],
    { local: '- a' },
  ],
  [image(''), [], { local: '# nothing' }],
]);

describe('diagnostics', () => {
  it('come all at once, in the order of the file', () => {
    const text = 'imag: x\nports: [a]\nmem_limit: 1x\ntasks: {t: ""}\ncaches: ${CACHES}\n';
    expect(parse(text).diagnostics.map(({ code, range }) => `${range.start.line} ${code}`)).toEqual(
      [
        '1 unknown-key',
        '1 missing-image',
        '2 bad-port',
        '3 bad-value',
        '4 empty-command',
        '5 undefined-variable',
        '5 wrong-type',
      ],
    );
  });

  it('leave no Config behind, unless they are warnings only', () => {
    expect(parse('image: x\nunknown: y').config).toBeUndefined();
    expect(parse('image: x\nidle_stop: 2h').config?.idleStop).toBe(7200);
  });

  it('cover exactly the offending text', () => {
    const [unknown] = parse('image: x\nprots: []').diagnostics;
    expect(unknown?.range).toEqual({ start: { line: 2, column: 1 }, end: { line: 2, column: 6 } });
    const [unset] = parse('image: x\nname: a${B}c').diagnostics;
    expect(unset?.range).toEqual({ start: { line: 2, column: 8 }, end: { line: 2, column: 12 } });
  });

  it.each([
    ['imgae: x', 'Did you mean "image"?'],
    ['memLimit: 4g', 'Did you mean "mem_limit"?'],
    ['hooks: {craete: x}', 'Did you mean "create"?'],
    ['home: porject', 'Did you mean "project"?'],
    ['ulimits: {nofiles: 1}', 'Did you mean "nofile"?'],
    ['postCreateCommand: x', 'Write it under "hooks" as "create".'],
    ['privileged: on', 'Write true.'],
    ['mem_limit: much', 'For example: 512m or 4g'],
    ['image: Debian', 'The names of images are lower-case.'],
    ['ports: 80', 'A list of one is written [80].'],
  ])('suggest what was meant by %j', (text, hint) => {
    expect(parse(text).diagnostics.map((diagnostic) => diagnostic.hint)).toContain(hint);
  });

  it('never repeat the value of a variable', () => {
    const environment = { SECRET: 'hunter2 Hunter2' };
    const text = [
      'image: "${SECRET}"',
      'user: "${SECRET}"',
      'home: "${SECRET}"',
      'workspace: "${SECRET}"',
      'ports: ["${SECRET}", {target: "${SECRET}", host_ip: "${SECRET}"}]',
      'volumes: ["${SECRET}", "./${SECRET}:/x", "v:/${SECRET}", "w:/${SECRET}"]',
      'caches: ["${SECRET}/../../x"]',
      'env_file: "${SECRET}"',
      'mem_limit: "${SECRET}"',
      'cap_add: ["${SECRET}"]',
      'devices: ["${SECRET}"]',
      'security_opt: ["${SECRET}", "seccomp:${SECRET}"]',
      'dns: "${SECRET}"',
      'extra_hosts: ["${SECRET}"]',
      'secrets: {A: {file: "${SECRET}"}}',
      'environment: ["${SECRET}", "${SECRET}"]',
      'privileged: ${SECRET}',
    ].join('\n');
    const { diagnostics } = parse(text, { environment });
    expect(diagnostics.length).toBeGreaterThan(15);
    expect(JSON.stringify(diagnostics)).not.toMatch(/hunter2/i);
  });

  it('end after a hundred', () => {
    const text = Array.from({ length: 500 }, (_, index) => `wrong${index}: x`).join('\n');
    const { diagnostics } = parse(text);
    expect(diagnostics).toHaveLength(101);
    expect(diagnostics.at(-1)?.message).toBe('From here on there are 401 more problems.');
  });
});
