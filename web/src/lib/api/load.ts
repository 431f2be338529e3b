import { error } from '@sveltejs/kit';
import { asApiError } from './problem';

/** A promise a page will show when it is there. Its failure is shown too, and is no crash. */
export function later<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

/** Waits for what a page cannot be without; its failure becomes the error page. */
export async function needed<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (thrown) {
    const problem = asApiError(thrown);
    error(problem.status >= 400 ? problem.status : 503, {
      title: problem.title,
      message: problem.detail,
      requestId: problem.requestId || undefined
    });
  }
}
