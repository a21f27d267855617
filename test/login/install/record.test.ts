import { describe, expect, it } from 'vitest';
import {
  emptyRecord,
  parseRecord,
  recordText,
  type InstallRecord,
} from '../../../cli/src/login/install/record.ts';

describe('the record of what was written', () => {
  const record: InstallRecord = {
    files: { '/b': ['1'], '/a': ['2', '3'] },
    folders: ['/c'],
    shells: ['/d'],
    group: true,
  };

  it('is read as it was written', () => {
    expect(parseRecord(recordText(record))).toEqual(record);
    expect(parseRecord(recordText(emptyRecord))).toEqual(emptyRecord);
  });

  it.each([
    '',
    'null',
    '[]',
    '{}',
    '{"version": 2, "files": {}, "folders": [], "shells": [], "group": false}',
    '{"version": 1, "files": {"/a": "1"}, "folders": [], "shells": [], "group": false}',
    '{"version": 1, "files": null, "folders": [], "shells": [], "group": false}',
    '{"version": 1, "files": {}, "folders": [1], "shells": [], "group": false}',
  ])('that reads %j is refused', (text) => {
    expect(() => parseRecord(text)).toThrow(
      expect.objectContaining({
        code: 'install_failed',
        message: expect.stringContaining('installed.json'),
      }),
    );
  });
});
