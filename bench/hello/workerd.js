import { hello } from "hello.js";

// A worker has no files and no timer outside of requests: the console, every 64 KiB.
let lines = "";

function log(line) {
  lines += line;
  if (lines.length >= 65536) {
    console.log(lines.slice(0, -1));
    lines = "";
  }
}

export default {
  fetch(request) {
    return hello(request, log);
  },
};
