import { bytes, number, sentence } from '$lib/utils/words';

const LABELS: Record<string, string> = {
  variables: 'Variables of an environment',
  domains: 'Domains of a project',
  functions: 'Functions of a project',
  routes: 'Routes of a project',
  concurrent_calls: 'Calls of a project at one time',
  call_time_ms: 'Time of one call',
  call_memory_bytes: 'Memory of one call',
  call_response_bytes: 'Answer of one call',
  function_source_bytes: 'A function’s source',
  invocation_log_bytes: 'Log of a project’s calls'
};

/** What a limit is called. */
export const limitLabel = (name: string) => LABELS[name] ?? sentence(name);

/** A limit's value with its unit, which its name ends in. */
export function limitValue(name: string, value: number): string {
  if (name.endsWith('_bytes')) return bytes(value);
  if (name.endsWith('_ms')) return value % 1000 === 0 ? `${number(value / 1000)} s` : `${number(value)} ms`;
  return number(value);
}
