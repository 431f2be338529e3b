// How calls are spoken of.
import type { FunctionCall } from '$lib/api/function-calls';
import type { Outcome, ScriptError } from '$lib/api/types';
import type { Shape } from '$lib/ui/shapes';

export const OUTCOMES: Record<Outcome, string> = {
  returned: 'It answered.',
  threw: 'The script raised an error.',
  exceeded: 'It ran into a limit.',
  denied: 'It used what it was not given.',
  unavailable: 'Croft could not run it.'
};

export function shapeOf({ outcome, status }: Pick<FunctionCall, 'outcome' | 'status'>): Shape {
  if (outcome !== 'returned' || status >= 500) return 'fail';
  return status >= 400 ? 'off' : 'live';
}

/** `line 2, column 6`; nothing where that is not known. */
export function placeOf({ line, column }: Pick<ScriptError, 'line' | 'column'>): string | undefined {
  if (!line) return undefined;
  return column ? `line ${line}, column ${column}` : `line ${line}`;
}

/** An error with its place, on one line. */
export function errorLine(error: ScriptError): string {
  const place = placeOf(error);
  return place ? `${place}: ${error.message}` : error.message;
}

/** What is seen of a call that is not opened. */
export const lastOf = ({ error, log }: FunctionCall): string => (error ? errorLine(error) : (log[log.length - 1]?.text ?? 'no log lines'));

/** Whether a call has these words anywhere. */
export function hasWords(call: FunctionCall, words: string): boolean {
  const { path, method, status, request_id, error, log } = call;
  const all = [path, method, status, request_id, error?.message, ...log.map(({ level, text }) => `${level} ${text}`)];
  return all.join(' ').toLowerCase().includes(words.trim().toLowerCase());
}
