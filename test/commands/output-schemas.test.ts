import { describe, expect, it } from 'vitest';
import { commandTable } from '../../cli/src/commands/command-table.ts';
import type { ApplyEvent } from '../../cli/src/engine/events.ts';
import { expectValid, readSchema, schemaNames } from './output-schemas.ts';

/** These print no result of their own as JSON. */
const withoutResult = [
  'logs',
  'completion',
  '__login-broker',
  '__login-read',
  '__login-agent',
  '__login-context',
  '__complete',
];

describe('the schemas of what --json prints', () => {
  it('are one for each command, and three that belong to all', () => {
    const commands = commandTable
      .map(({ name }) => name)
      .filter((name) => !withoutResult.includes(name))
      .map((name) => name.replace(' ', '-'));
    expect([...schemaNames].sort()).toEqual([...commands, 'common', 'error', 'events'].sort());
  });

  it.each(schemaNames)('admit nothing that %s does not name', (name) => {
    const open: string[] = [];
    JSON.stringify(readSchema(name), (key, value: unknown) => {
      const schema = value as {
        type?: unknown;
        properties?: unknown;
        additionalProperties?: unknown;
      };
      const isObject = schema?.type === 'object' || schema?.properties !== undefined;
      if (isObject && key !== 'properties' && schema.additionalProperties === undefined)
        open.push(key);
      return value;
    });
    expect(open).toEqual([]);
  });
});

describe('the schema of --progress json', () => {
  const events: ApplyEvent[] = [
    { type: 'plan', steps: ['a'] },
    { type: 'step-started', index: 0, title: 'a', reason: 'b' },
    { type: 'step-output', index: 0, text: 'a' },
    { type: 'step-progress', index: 0, part: 'a', status: 'b' },
    { type: 'step-progress', index: 0, part: 'a', status: 'b', current: 1, total: 2 },
    { type: 'step-finished', index: 0, milliseconds: 12.5 },
    { type: 'step-failed', index: 0, message: 'a' },
    { type: 'undo-started', title: 'a' },
    { type: 'notice', text: 'a' },
  ];

  it.each(events)('knows $type', (event) => {
    expectValid('events', JSON.stringify({ time: new Date(0).toISOString(), ...event }));
  });

  it('refuses what is not an event', () => {
    const text = JSON.stringify({ time: new Date(0).toISOString(), type: 'else' });
    expect(() => expectValid('events', text)).toThrow();
  });
});
