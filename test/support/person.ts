import { chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { ContainerInspection } from '../../cli/src/engine/docker/answers.ts';
import { labels } from '../../cli/src/plan/labels.ts';
import { createCli, type Cli, type CliOptions, type CliResult } from './cli.ts';
import { startEngineProxy, type EngineProxy } from './engine-proxy.ts';
import { testEngine } from './engine.ts';
import { makeOrdinaryUser, removeOrdinaryUser, type OrdinaryUser } from './ordinary-user.ts';
import { removeTempFolder, writeFiles, type Files } from './temp-folder.ts';

/** An ordinary user of this machine who may use the tests' engine, with projects in the home. */
export interface Person {
  user: OrdinaryUser;
  engine: EngineProxy;
  cli: Cli;
  /** Makes a project folder of theirs below the home; every file in it is theirs. */
  project(name: string, files: Files): Promise<string>;
  run(args: string[], options?: CliOptions): Promise<CliResult>;
}

/** Makes a person for a suite and takes them back after it, with all their workspaces. */
export function aPerson(): Person {
  const person = {} as Person;
  beforeAll(async () => {
    const user = await makeOrdinaryUser();
    const engine = await startEngineProxy();
    const cli = createCli(user.home, { user, env: { DOCKER_HOST: engine.host } });
    const project: Person['project'] = async (name, files) => {
      const folder = join(user.home, name);
      await mkdir(folder, { recursive: true });
      await writeFiles(folder, files);
      await own(user, name, files);
      return folder;
    };
    Object.assign(person, { user, engine, cli, project, run: cli.run });
  });
  afterAll(async () => {
    await person.engine.close();
    await removeTempFolder(person.user.home);
    await removeOrdinaryUser(person.user);
  });
  return person;
}

async function own({ uid, gid, home }: OrdinaryUser, name: string, files: Files): Promise<void> {
  const paths = new Set<string>();
  for (const path of [name, ...Object.keys(files).map((file) => join(name, file))]) {
    for (let part = path; part !== '.'; part = join(part, '..')) paths.add(part);
  }
  for (const path of paths) await chown(join(home, path), uid, gid);
}

/** The containers of the project in a folder, whatever their names. */
export async function containersOf(folder: string): Promise<ContainerInspection[]> {
  const docker = testEngine();
  const listings = await docker.listContainers([`${labels.root}=${folder}`]);
  const all = await Promise.all(listings.map(({ Id }) => docker.inspectContainer(Id)));
  return all.filter((one) => one !== undefined);
}

export async function containerOf(folder: string): Promise<ContainerInspection> {
  const all = await containersOf(folder);
  const [only] = all;
  if (only === undefined || all.length > 1)
    throw new Error(`${all.length} containers of ${folder}`);
  return only;
}
