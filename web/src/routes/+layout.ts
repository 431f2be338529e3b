// One page, drawn in the browser from the public API only.
export const ssr = false;
export const prerender = false;
export const trailingSlash = 'never';
