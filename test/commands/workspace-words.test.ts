import { expect, it } from 'vitest';
import { workspaceWords } from '../../cli/src/commands/workspace-words.ts';

it('completion of -w offers names, and ids where several workspaces have one name', () => {
  const words = workspaceWords([
    { name: 'api', id: '00000001' },
    { name: 'shop', id: '00000002' },
    { name: 'shop', id: '00000003' },
  ]);
  expect(words).toEqual(['api', '00000002', '00000003']);
});
