import type { CroftFunction, Domain, Page, Project } from '$lib/api/types';
import type { Guarded } from '$lib/utils/may';

declare global {
  namespace App {
    /** What an error page knows; see `lib/api/load.ts`. */
    interface Error {
      message: string;
      title?: string;
      requestId?: string;
    }
    /** What pages give to the frame around them. */
    interface PageData {
      team?: Guarded & { id: string; name: string };
      project?: Project;
      projects?: Promise<Page<Project>>;
      functions?: Promise<Page<CroftFunction>>;
      domains?: Promise<Page<Domain>>;
    }
  }
}
