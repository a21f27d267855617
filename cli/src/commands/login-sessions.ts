import type { LoginSession } from '../login/registry.ts';
import { formatAge } from '../ui/format.ts';
import type { Column } from '../ui/table.ts';
import type { CommandFunction } from './context.ts';
import { printable } from '../ui/printable.ts';
import { requireAdministrator } from './require-administrator.ts';

/** Who is in which workspace behind the login shell, and since when. */
export const loginSessions: CommandFunction = async (context) => {
  const { premises, asksPeople } = await requireAdministrator('login sessions');
  const { listSessions } = await import('../login/registry.ts');
  const all = asksPeople ? await askAll() : await listSessions(premises.sessionsFolder);
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

/** Whoever gives no answer has hidden nobody but themselves. */
async function askAll(): Promise<LoginSession[]> {
  const { askPeople } = await import('../login/ask-people.ts');
  const { openSessions } = await import('../login/peoples-words.ts');
  return openSessions(await askPeople(['login', 'sessions']));
}

function columns(now: number): Column<LoginSession>[] {
  return [
    { title: 'USER', value: ({ user, uid }) => `${user} (${uid})` },
    { title: 'FROM', value: ({ from }) => printable(from ?? '') },
    { title: 'REPOSITORY', value: ({ repository }) => printable(repository), shrink: true },
    { title: 'CONTAINER', value: ({ container }) => printable(container), shrink: true },
    { title: 'TERMINAL', value: ({ tty }) => (tty ? 'yes' : 'no') },
    { title: 'SINCE', value: ({ since }) => formatAge(since, now) },
    { title: 'PID', value: ({ pid }) => String(pid) },
  ];
}
