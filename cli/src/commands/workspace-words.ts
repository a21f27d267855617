/** What completion offers for -w: names, but ids where a name does not say which. */
export function workspaceWords(workspaces: { id: string; name: string }[]): string[] {
  return workspaces.map(({ id, name }) => {
    const same = workspaces.filter((other) => other.name === name);
    return same.length === 1 ? name : id;
  });
}
