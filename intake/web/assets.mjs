// Makes the pages' stylesheet out of USWDS and pages.scss, and copies the few fonts and icons it names.
// The rule it keeps: what the style sheet names is there, and nothing else is; nothing is fetched at run time.
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { compile, Logger } from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const uswds = resolve(here, "../../node_modules/@uswds/uswds");
const target = join(here, "static/uswds");

const { css } = compile(join(here, "pages.scss"), {
  loadPaths: [join(uswds, "packages")],
  style: "compressed",
  logger: Logger.silent,
});

// Every browser with :has() and CSP 2 reads WOFF2: the older formats are not served.
const light = css.replace(/,url\([^)]*\.(?:woff|ttf)\)\s*format\("?(?:woff|truetype)"?\)/g, "");
const named = new Set([...light.matchAll(/url\("?([^)"]+)"?\)/g)].map((m) => m[1]).filter((u) => !u.startsWith("data:")));

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
for (const name of named) {
  const from = join(uswds, "dist", name);
  if (!existsSync(from)) throw new Error(`pages.css names ${name}, and USWDS has no such file`);
  mkdirSync(dirname(join(target, name)), { recursive: true });
  copyFileSync(from, join(target, name));
}
writeFileSync(join(target, "pages.css"), light);
console.log(`pages.css: ${light.length} characters, ${named.size} fonts and icons`);
