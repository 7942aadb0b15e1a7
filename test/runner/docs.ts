// Builds the site of the documentation in .cache/docs: guides and the reference of TypeScript by
// TypeDoc, that of Python by pdoc in its folder `python`. Any warning fails it.

import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { Application, Converter, type DocumentReflection, ReflectionKind } from "typedoc";
import { run } from "../../ts/setup/run-command.ts";
import { LANGUAGES } from "../guide/blocks.ts";
import { pythonTool } from "./python-tools.ts";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const site = join(root, ".cache", "docs");

/** The pages, in the order of the site's navigation. */
const PAGES = [
  ...["ts/guide/start-node", "notebooks/start-jupyter", "ts/guide/start-futhark-ffi"],
  ...["ts/guide/bindings-and-deployment", "ts/guide/servers", "ts/guide/cluster"],
  ...["ts/guide/gpu", "ts/guide/memory"],
  ...["ts/guide/errors", "ts/guide/performance", "ts/guide/reliability", "ts/guide/security"],
  ...["ts/guide/troubleshooting", "ts/guide/support", "ts/guide/command-line"],
  ...["ts/guide/examples", "ts/guide/how-it-works", "notebooks/README"],
  ...["notebooks/porting-from-futhark-ffi", "test/demo/fluid/README", "SECURITY"],
  ...["test/RELIABILITY", "ts/README", "arrow/README", "CHANGELOG"],
].map((name) => `${name}.md`);

const others = readdirSync(join(root, "ts/guide"))
  .map((name) => `ts/guide/${name}`)
  .filter((page) => page.endsWith(".md") && !PAGES.includes(page));

/** Stands for the way from a page to the site's root, which TypeDoc does not know of links. */
const TO_ROOT = "https://to-root.invalid/";

/** The name of the reference, and of its pages. */
const REFERENCE = "TypeScript";

mkdirSync(dirname(site), { recursive: true });
const made = `${site}-${process.pid}`;
try {
  await Promise.all([typescriptAndGuides(made), python(join(made, "python"))]);
  linkBetween(made);
  rmSync(site, { recursive: true, force: true });
  renameSync(made, site);
  process.stdout.write(`${relative(process.cwd(), join(site, "index.html"))}\n`);
} finally {
  rmSync(made, { recursive: true, force: true });
}

async function typescriptAndGuides(folder: string): Promise<void> {
  const app = await Application.bootstrap({
    name: "futhark-bridge",
    entryPoints: [join(root, "ts/index.ts")],
    tsconfig: join(root, "tsconfig.build.json"),
    readme: join(root, "README.md"),
    projectDocuments: [...PAGES, ...others].map((page) => join(root, page)),
    basePath: root,
    excludeInternal: true,
    disableSources: true,
    skipErrorChecking: true, // `npm run check` does that
    sort: ["kind", "instance-first", "alphabetical-ignoring-documents"],
    navigationLinks: {
      TypeScript: `${TO_ROOT}modules/${REFERENCE}.html`,
      Python: `${TO_ROOT}python/futhark_bridge.html`,
    },
    highlightLanguages: Object.values(LANGUAGES).filter((name) => name !== undefined),
    ignoredHighlightLanguages: ["futhark"],
    validation: {
      notExported: false,
      invalidLink: true,
      rewrittenLink: true,
      notDocumented: false,
    },
    searchInDocuments: true,
    searchInComments: true,
    cleanOutputDir: false,
    customCss: join(root, "test/runner/docs.css"),
  });
  // Pages have the titles of their first headings, not their files' names.
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const reflection of project.getReflectionsByKind(ReflectionKind.Document)) {
      const [first] = (reflection as DocumentReflection).content;
      const title = /^# (.*)\n/.exec(first?.kind === "text" ? first.text : "")?.[1];
      if (title !== undefined) reflection.name = title;
    }
    for (const reference of project.getReflectionsByKind(ReflectionKind.Module)) {
      reference.name = REFERENCE;
    }
  });
  // Exports of types only.
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const property of project.getReflectionsByKind(ReflectionKind.Property)) {
      if (property.name.startsWith("~")) project.removeReflection(property);
    }
  });
  const project = await app.convert();
  if (project === undefined) throw new Error("TypeDoc could not read the package");
  app.validate(project);
  await app.generateDocs(project, folder);
  const { errorCount, warningCount } = app.logger;
  if (errorCount + warningCount > 0) throw new Error("TypeDoc warns of the above");
}

async function python(folder: string): Promise<void> {
  const args = ["-W", "error", "-m", "pdoc", "-d", "numpy", "-o", folder, "futhark_bridge"];
  await run(pythonTool("python"), args, {
    cwd: root,
    env: { ...process.env, PYTHONPATH: join(root, "py") },
  });
}

/** Makes the links from TypeDoc's pages to pdoc's, and back. */
function linkBetween(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.name.endsWith(".html")) continue;
    const path = join(entry.parentPath, entry.name);
    const up = relative(entry.parentPath, folder).split(sep).join("/");
    const toRoot = up === "" ? "./" : `${up}/`;
    const text = readFileSync(path, "utf8")
      .replaceAll(TO_ROOT, toRoot)
      .replace(
        '<nav class="pdoc">',
        `<nav class="pdoc"><p><a href="${toRoot}index.html">futhark-bridge: guides, TypeScript</a></p>`,
      );
    writeFileSync(path, text);
  }
}
