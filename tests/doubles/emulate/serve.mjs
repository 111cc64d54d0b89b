// Runs a GitHub as others have built it, on the loopback, until nobody listens any more. Arguments: a port, and what is in it.
import { createEmulator } from "emulate";

const [port, seed] = process.argv.slice(2);
const github = await createEmulator({ service: "github", hostname: "127.0.0.1", port: Number(port), seed: JSON.parse(seed) });
console.log(github.url);
process.stdin.resume();
process.stdin.on("end", async () => {
  await github.close();
  process.exit(0);
});
