import { asApiError } from '$lib/api/problem';

const OPEN_A_WHILE_MS = 10_000;

// After an upgrade an open page asks for parts that are gone; a fresh one has the new names. A page
// that was just loaded has them already, and loading it again would not end.
addEventListener('vite:preloadError', () => {
  if (performance.now() > OPEN_A_WHILE_MS) location.reload();
});

/** What was thrown where nobody waited for it becomes words for the error page. */
export function handleError({ error, status, message }: { error: unknown; status: number; message: string }): App.Error {
  if (status === 404) return { message };
  const problem = asApiError(error);
  return { title: problem.title, message: problem.detail, requestId: problem.requestId || undefined };
}
