// Serves dist/ under /console/ as the server does, with the same headers, and passes everything else to a server:
//
//   node test/serve.mjs [--port 19720] [--server https://127.0.0.1:8443] [--data bailiwick-data]
//
// It speaks HTTPS with the certificate of the server's data directory, because browsers send the session's cookie only
// over HTTPS. The walk-throughs use it as long as a server does not contain the console.
import { existsSync, readFileSync } from "node:fs";
import https from "node:https";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const dist = fileURLToPath(new URL("../dist", import.meta.url));
const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
};
const headers = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** Serves the console in front of a server. Resolves with the address and a way to stop. */
export function serve({ port = 0, server, data }) {
  const target = new URL(server);
  const agent = new https.Agent({ keepAlive: true, rejectUnauthorized: false });
  const listener = https.createServer(
    {
      cert: readFileSync(join(data, "tls/certificate.pem")),
      key: readFileSync(join(data, "tls/private-key.pem")),
    },
    (request, response) => {
      const { pathname } = new URL(request.url, "https://console");
      if (pathname === "/") return response.writeHead(302, { location: "/console/" }).end();
      if (pathname === "/console" || pathname.startsWith("/console/"))
        return file(pathname.slice("/console".length), request, response);
      const pass = https.request(
        {
          agent,
          host: target.hostname,
          port: target.port,
          method: request.method,
          path: request.url,
          headers: request.headers,
        },
        (answer) => {
          response.writeHead(answer.statusCode, answer.headers);
          answer.pipe(response);
        },
      );
      pass.on("error", () => response.destroy());
      response.on("close", () => pass.destroy());
      request.pipe(pass);
    },
  );
  const stop = () =>
    new Promise((resolve) => {
      listener.closeAllConnections();
      agent.destroy();
      listener.close(resolve);
    });
  return new Promise((resolve) =>
    listener.listen(port, "127.0.0.1", () =>
      resolve({ url: `https://127.0.0.1:${listener.address().port}`, stop }),
    ),
  );
}

function file(path, request, response) {
  const name = normalize(decodeURIComponent(path)).replace(/^\/+/, "") || "index.html";
  const isFile = name.startsWith("assets/") || name === "LICENSES.txt";
  const found = isFile ? name : "index.html";
  const brotli =
    /\bbr\b/.test(request.headers["accept-encoding"] ?? "") && existsSync(join(dist, `${found}.br`));
  if (!existsSync(join(dist, found))) return response.writeHead(404, headers).end();
  response.writeHead(200, {
    ...headers,
    "content-type": types[extname(found)] ?? "application/octet-stream",
    "cache-control": isFile ? "public, max-age=31536000, immutable" : "no-cache",
    vary: "accept-encoding",
    ...(brotli ? { "content-encoding": "br" } : {}),
  });
  response.end(readFileSync(join(dist, brotli ? `${found}.br` : found)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "19720" },
      server: { type: "string", default: "https://127.0.0.1:8443" },
      data: { type: "string", default: "bailiwick-data" },
    },
  });
  const { url } = await serve({ ...values, port: Number(values.port) });
  console.log(`${url}/console/`);
}
