// Drives a fault proxy through Toxiproxy's client for Node: makes a proxy, adds each toxic, sees what it does, removes it, resets.
// Called with: the folder of the client's package, the API's address, the address of an echo server.
// Prints one line for each step that went as it should; anything else ends it with a stack trace and exit code 1.
"use strict";
const assert = require("node:assert");
const net = require("node:net");
const [packageFolder, api, upstream] = process.argv.slice(2);
const { Toxiproxy } = require(packageFolder);

// A connection through the proxy, and what becomes of it.
function connect(proxy) {
  const [host, port] = proxy.listen.split(":");
  const socket = net.connect({ host, port: Number(port), noDelay: true, allowHalfOpen: true });
  const connection = { socket, heard: "", chunks: 0, ended: false, error: null };
  socket.on("data", (data) => { connection.heard += data; connection.chunks++; });
  socket.on("end", () => { connection.ended = true; });
  socket.on("error", (error) => { connection.error = error.code; });
  return connection;
}

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

// Waits for something, and returns after how many milliseconds it came.
async function until(what, condition) {
  const begun = performance.now();
  while (!condition()) {
    assert.ok(performance.now() - begun < 10_000, `${what} did not come within 10 s`);
    await pause(1);
  }
  return performance.now() - begun;
}

async function echo(connection, text) {
  const wanted = connection.heard + text;
  connection.socket.write(text);
  return until(`the echo of "${text.slice(0, 20)}"`, () => connection.heard === wanted);
}

async function main() {
  const toxiproxy = new Toxiproxy(api);
  assert.equal(JSON.parse(await toxiproxy.getVersion()).version, "2.9.0");
  const proxy = await toxiproxy.createProxy({ name: "node", listen: "127.0.0.1:0", upstream, enabled: true });
  assert.ok(proxy.enabled && !proxy.listen.endsWith(":0"));
  await assert.rejects(toxiproxy.createProxy({ name: "node", listen: "127.0.0.1:0", upstream, enabled: true }), /409/);
  await echo(connect(proxy), "hello");
  console.log("create");

  let connection = connect(proxy);
  let toxic = await proxy.addToxic({ type: "latency", name: "slow", stream: "downstream", toxicity: 1, attributes: { latency: 200, jitter: 10 } });
  assert.ok((await echo(connection, "later")) >= 185);
  toxic = await toxic.update({ toxicity: 1, attributes: { latency: 0, jitter: 0 } });
  assert.equal(toxic.attributes.latency, 0);
  await toxic.remove();
  assert.ok((await echo(connection, "sooner")) < 150);
  console.log("latency");

  toxic = await proxy.addToxic({ type: "bandwidth", name: "narrow", stream: "upstream", toxicity: 1, attributes: { rate: 100 } });
  assert.ok((await echo(connection, "x".repeat(30_000))) >= 270);
  assert.equal((await proxy.getToxic("narrow")).attributes.rate, 100);
  await toxic.remove();
  console.log("bandwidth");

  toxic = await proxy.addToxic({ type: "slicer", name: "slices", stream: "downstream", toxicity: 1, attributes: { average_size: 2, size_variation: 1, delay: 20_000 } });
  connection.chunks = 0;
  await echo(connection, "0123456789");
  assert.ok(connection.chunks > 2, `${connection.chunks} chunks`);
  await toxic.remove();
  console.log("slicer");

  toxic = await proxy.addToxic({ type: "slow_close", name: "lingering", stream: "downstream", toxicity: 1, attributes: { delay: 200 } });
  connection.socket.end();
  assert.ok((await until("the end", () => connection.ended)) >= 190);
  await toxic.remove();
  console.log("slow_close");

  connection = connect(proxy);
  toxic = await proxy.addToxic({ type: "limit_data", name: "cut", stream: "downstream", toxicity: 1, attributes: { bytes: 4 } });
  connection.socket.write("123456");
  await until("the cut", () => connection.ended);
  assert.equal(connection.heard, "1234");
  await toxic.remove();
  console.log("limit_data");

  connection = connect(proxy);
  toxic = await proxy.addToxic({ type: "timeout", name: "hole", stream: "upstream", toxicity: 1, attributes: { timeout: 0 } });
  connection.socket.write("lost");
  await pause(150);
  assert.deepEqual([connection.heard, connection.ended], ["", false]);
  await toxic.remove();
  await until("the close", () => connection.ended);
  console.log("timeout");

  connection = connect(proxy);
  toxic = await proxy.addToxic({ type: "reset_peer", name: "rst", stream: "downstream", toxicity: 1, attributes: { timeout: 50 } });
  connection.socket.write("reset me");
  await until("the reset", () => connection.error === "ECONNRESET");
  await toxic.remove();
  console.log("reset_peer");

  assert.equal((await proxy.update({ enabled: false, listen: proxy.listen, upstream })).enabled, false);
  connection = connect(proxy);
  await until("the refusal", () => connection.error === "ECONNREFUSED");
  console.log("down");

  await proxy.addToxic({ type: "latency", name: "left over", stream: "downstream", toxicity: 1, attributes: { latency: 5000, jitter: 0 } });
  await toxiproxy.reset();
  assert.ok((await echo(connect(proxy), "up again")) < 1000);
  console.log("reset");

  const populated = await toxiproxy.populate([{ name: "node", listen: proxy.listen, upstream, enabled: true }, { name: "second", listen: "127.0.0.1:0", upstream, enabled: true }]);
  assert.deepEqual(Object.keys(populated), ["node", "second"]);
  assert.deepEqual(Object.keys(await toxiproxy.getAll()).sort(), ["edge", "node", "second"]);
  await (await toxiproxy.get("second")).remove();
  await assert.rejects(toxiproxy.get("second"), /404/);
  console.log("populate");
}

main().then(() => process.exit(0), (error) => { console.error(error); process.exit(1); });
