using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [ (name = "hello", worker = .worker) ],
  # The port is given when it starts.
  sockets = [ (name = "http", address = "127.0.0.1:0", http = (), service = "hello") ],
);

const worker :Workerd.Worker = (
  modules = [
    (name = "workerd.js", esModule = embed "workerd.js"),
    (name = "hello.js", esModule = embed "hello.js"),
  ],
  compatibilityDate = "2026-10-01",
);
