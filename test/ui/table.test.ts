import { describe, expect, it } from 'vitest';
import { renderTable, type Column } from '../../cli/src/ui/table.ts';

interface Row {
  name: string;
  folder: string;
}

const columns: Column<Row>[] = [
  { title: 'NAME', value: ({ name }) => name },
  { title: 'FOLDER', value: ({ folder }) => folder, shrink: true },
  { title: 'END', value: () => 'x' },
];
const rows = [
  { name: 'shop', folder: '/home/me/a/very/long/way/to/shop' },
  { name: '日本', folder: '/srv' },
];

describe('a table', () => {
  it('aligns its columns by the cells that characters take', () => {
    expect(renderTable(rows, columns, undefined)).toBe(
      [
        'NAME  FOLDER                            END',
        'shop  /home/me/a/very/long/way/to/shop  x',
        '日本  /srv                              x',
        '',
      ].join('\n'),
    );
  });

  it('cuts the shrinkable column so that lines fit the terminal', () => {
    expect(renderTable(rows, columns, 30)).toBe(
      [
        'NAME  FOLDER               END',
        'shop  /home/me/…y/to/shop  x',
        '日本  /srv                 x',
        '',
      ].join('\n'),
    );
  });

  it('keeps the other columns whole in the narrowest terminal', () => {
    const text = renderTable(rows, columns, 5);
    expect(text).toContain('shop  ');
    expect(text).toContain('  x\n');
  });

  it('keeps a cell on one line and free of escape sequences', () => {
    const bad = [{ name: 'a\nb', folder: '\u001b[31mred' }];
    expect(renderTable(bad, columns, undefined).split('\n')[1]).toBe('a b   red     x');
  });
});
