// PostGraphile 5 as its documentation runs it in production: one process, one HTTP server, a pool as large as ours.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

// The packages live beside the lock that `make bench-peers` installs from.
const peers = createRequire(new URL("../../peers/package.json", import.meta.url));
const load = (name) => import(pathToFileURL(peers.resolve(name)));
const { postgraphile } = await load("postgraphile");
const { PostGraphileAmberPreset } = await load("postgraphile/presets/amber");
const { makePgService } = await load("postgraphile/adaptors/pg");
const { grafserv } = await load("postgraphile/grafserv/node");

const preset = {
  extends: [PostGraphileAmberPreset],
  // Views have no indexes of their own, and it would offer neither filters nor orders; those we ask are indexed below.
  disablePlugins: ["PgIndexBehaviorsPlugin"],
  schema: { pgOrderByNullsLast: true },
  grafserv: { graphiql: false, watch: false },
  grafast: { explain: false },
  pgServices: [makePgService({
    connectionString: process.env.DATABASE_URL, schemas: ["peer"], pubsub: false, poolConfig: { max: 10 },
  })],
};

const server = createServer();
server.on("error", (error) => { console.error(error); process.exit(1); });
await postgraphile(preset).createServ(grafserv).addTo(server);
server.listen(Number(process.argv[2]), "127.0.0.1", () => console.log("listening"));
