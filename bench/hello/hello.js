// hello.rhai for workerd and deno. Neither has an access log of its own, so this makes its line; who
// imports it says what becomes of it.

const ROUTE = "/hello/";

export function hello(request, log) {
  const url = new URL(request.url);
  if (request.method !== "GET" || !url.pathname.startsWith(ROUTE)) {
    return new Response("not found\n", { status: 404 });
  }
  const id = crypto.randomUUID();
  const name = decodeURIComponent(url.pathname.slice(ROUTE.length));
  const tag = url.searchParams.get("tag") ?? "none";
  const visitor = request.headers.get("x-visitor") ?? "nobody";
  const body = `Hello, ${name}! tag ${tag}, visitor ${visitor}\n`;
  log(
    JSON.stringify({
      at: new Date().toISOString(),
      id,
      method: request.method,
      host: url.hostname,
      path: url.pathname,
      status: 200,
      bytes: body.length,
    }) + "\n",
  );
  return new Response(body, {
    headers: {
      "content-type": "text/plain; charset=utf-8",
      "x-greeted": visitor,
      "request-id": id,
    },
  });
}
