// deno run ... deno.js PORT LOG
import { hello } from "./hello.js";

const [port, path] = Deno.args;
const file = Deno.openSync(path, { append: true, create: true });
const encoder = new TextEncoder();
let lines = "";

// As nginx: every 64 KiB and every second.
function flush() {
  let rest = encoder.encode(lines);
  lines = "";
  while (rest.length > 0) rest = rest.subarray(file.writeSync(rest));
}

function log(line) {
  lines += line;
  if (lines.length >= 65536) flush();
}

setInterval(flush, 1000);
Deno.serve({ hostname: "127.0.0.1", port: Number(port), onListen() {} }, (request) =>
  hello(request, log),
);
