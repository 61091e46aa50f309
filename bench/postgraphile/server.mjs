// PostGraphile over the database in DATABASE_URL, with two workers; prints its address when they listen.
import cluster from "node:cluster";
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { makeV4Preset } from "postgraphile/presets/v4";

const WORKERS = 2;

if (cluster.isPrimary) {
  let listening = 0;
  cluster.on("listening", (_, address) => {
    listening += 1;
    if (listening === WORKERS) console.log(`http://127.0.0.1:${address.port}`);
  });
  // A worker that ends cannot be measured.
  cluster.on("exit", () => process.exit(1));
  for (let n = 0; n < WORKERS; n += 1) cluster.fork();
} else {
  const instance = postgraphile({
    extends: [
      PostGraphileAmberPreset,
      makeV4Preset({ simpleCollections: "both", disableDefaultMutations: true, dynamicJson: true, graphiql: false }),
    ],
    // As many connections as the service has, over both workers.
    pgServices: [makePgService({ connectionString: process.env.DATABASE_URL, schemas: ["public"], poolConfig: { max: 4 } })],
    grafserv: { watch: false, maxRequestLength: 1_000_000 },
    grafast: { explain: false },
  });
  const server = createServer();
  await instance.createServ(grafserv).addTo(server);
  server.listen(0, "127.0.0.1");
}
