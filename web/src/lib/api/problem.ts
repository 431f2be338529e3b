import type { FieldError, Problem, Quota } from './types';

/** A request that was answered with an error, or not answered at all (status 0). */
export class ApiError extends Error {
  readonly status: number;
  /** A constant for programs, like `not_found`. */
  readonly code: string;
  readonly title: string;
  /** This one case, and what to do about it. */
  readonly detail: string;
  readonly requestId: string;
  readonly errors: FieldError[];
  readonly quota: Quota | undefined;

  constructor(problem: Problem) {
    super(`${problem.title}: ${problem.detail}`);
    this.name = 'ApiError';
    this.status = problem.status;
    this.code = problem.code;
    this.title = problem.title;
    this.detail = problem.detail;
    this.requestId = problem.request_id;
    this.errors = problem.errors ?? [];
    this.quota = problem.quota;
  }

  /** What is wrong with a field, if that is what is wrong. */
  field(name: string): string | undefined {
    return this.errors.find((error) => error.field === name)?.problem;
  }
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function fieldErrors(value: unknown): FieldError[] {
  if (!Array.isArray(value)) return [];
  return value.filter((e): e is FieldError => text(e?.field) !== undefined && text(e?.problem) !== undefined);
}

/**
 * Turns an error answer into an `ApiError`. What does not look like a problem document, such as a
 * page of something in between, still gets words of its own.
 */
export function toApiError(status: number, body: unknown, requestId: string | null): ApiError {
  const from = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  return new ApiError({
    type: text(from.type) ?? 'about:blank',
    title: text(from.title) ?? 'Croft gave no reason',
    status,
    detail: text(from.detail) ?? `It answered with status ${status} and nothing else. Nothing was changed on this page; try again.`,
    code: text(from.code) ?? 'unknown',
    request_id: text(from.request_id) ?? requestId ?? '',
    errors: fieldErrors(from.errors),
    quota: from.quota as Quota | undefined
  });
}

/** The error of a request that got no answer. */
export function noAnswer(late: boolean): ApiError {
  return new ApiError({
    type: 'about:blank',
    title: 'Croft did not answer',
    status: 0,
    detail: late
      ? 'No answer within 30 s. What was asked may still have happened; look before trying again.'
      : 'This browser could not reach it. What is deployed keeps running; try again when the connection is back.',
    code: 'no_answer',
    request_id: ''
  });
}

/** Whatever was thrown, as an `ApiError`, so that pages have one kind of error to show. */
export function asApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  console.error(thrown);
  return new ApiError({
    type: 'about:blank',
    title: 'This page broke',
    status: 0,
    detail: 'That is a mistake in the dashboard, not in your work. Load the page again.',
    code: 'page',
    request_id: ''
  });
}
