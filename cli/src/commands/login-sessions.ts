import type { LoginSession } from '../login/registry.ts';
import { formatAge } from '../ui/format.ts';
import type { Column } from '../ui/table.ts';
import type { CommandFunction } from './context.ts';
import { requireRoot } from './require-root.ts';

/** Who is in which workspace behind the login shell, and since when. */
export const loginSessions: CommandFunction = async (context) => {
  requireRoot('login sessions');
  const { listSessions } = await import('../login/registry.ts');
  const all = await listSessions();
  const sessions = all.map(({ ticks: _, ...session }) => ({
    ...session,
    from: session.from ?? null,
  }));
  await context.result({ sessions }, async () => {
    if (all.length === 0) return 'Nobody is logged in.\n';
    const { renderTable } = await import('../ui/table.ts');
    return renderTable(all, columns(Date.now()), context.stdout.columns);
  });
  return 0;
};

function columns(now: number): Column<LoginSession>[] {
  return [
    { title: 'USER', value: ({ user, uid }) => `${user} (${uid})` },
    { title: 'FROM', value: ({ from }) => from ?? '' },
    { title: 'REPOSITORY', value: ({ repository }) => repository, shrink: true },
    { title: 'CONTAINER', value: ({ container }) => container, shrink: true },
    { title: 'TERMINAL', value: ({ tty }) => (tty ? 'yes' : 'no') },
    { title: 'SINCE', value: ({ since }) => formatAge(since, now) },
    { title: 'PID', value: ({ pid }) => String(pid) },
  ];
}
