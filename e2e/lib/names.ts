/**
 * The two shapes of names that Croft is reached by. Browsers treat them differently: every
 * `*.localhost` is a site of its own and may have `Secure` cookies over http, while below a domain
 * dashboard and apps are one site, and need TLS. What holds on one shape may not on the other, so
 * what is about cookies and origins is tried on both.
 */
export interface Names {
  /** For people who read the tests' output. */
  title: string;
  domain: string;
  /** Whether browsers come through a proxy that ends TLS, as in production. */
  tls: boolean;
}

export const LOCAL: Names = { title: 'on *.localhost', domain: 'localhost', tls: false };
export const PRODUCTION: Names = { title: 'on *.example.test, by TLS', domain: 'example.test', tls: true };

export const controlHost = (names: Names) => `croft.${names.domain}`;
export const appsDomain = (names: Names) => `apps.${names.domain}`;
