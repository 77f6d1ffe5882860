// Builds ../static from the locked packages: one script, one style sheet, the page and the licence texts, each gzipped.
// The same inputs give the same bytes: gzip's header carries no time.
import { build } from "esbuild";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const OUT = new URL("../static/", import.meta.url);

// The embedded fonts are two thirds of the style sheet and have licences of their own: the reader's system has good ones.
const withoutFonts = {
  name: "without-fonts",
  setup: ({ onLoad }) => onLoad({ filter: /node_modules.*\.css$/ }, ({ path }) => ({
    contents: readFileSync(path, "utf8").replace(/@font-face\s*\{[^}]*\}/g, ""), loader: "css",
  })),
};

const made = await build({
  entryPoints: { explorer: "explorer.jsx" },
  outdir: "out",
  bundle: true,
  minify: true,
  write: false,
  metafile: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  legalComments: "none",
  plugins: [withoutFonts],
  define: { "process.env.NODE_ENV": '"production"' },
});

// Only what really went into the bundle is told about: the packages are read off its inputs.
const packages = new Set(
  Object.values(made.metafile.outputs).flatMap((output) => Object.keys(output.inputs))
    .map((path) => path.match(/^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//)?.[1]).filter(Boolean),
);
const licences = [...packages].sort().map((folder) => {
  const { name, version, license, author } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
  return `${name} ${version} (${license})\n\n${licenceText(folder, name, license, author)}\n`;
});

// Four packages ship no licence file: their repository's, or the text they name with their author, stands in.
function licenceText(folder, name, license, author) {
  const ofRepository = name.startsWith("@graphiql/") ? "graphiql" : name === "react-compiler-runtime" ? "react" : null;
  const place = ofRepository ? `node_modules/${ofRepository}` : folder;
  const file = readdirSync(place).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  if (file) return readFileSync(`${place}/${file}`, "utf8").trim();
  if (license !== "MIT") throw new Error(`${name} (${license}) brings no licence text`);
  const holder = typeof author === "string" ? author : author?.name ?? `the authors of ${name}`;
  return `Copyright (c) ${holder}\n\n${readFileSync("mit.txt", "utf8").trim()}`;
}

if (!existsSync(OUT)) mkdirSync(OUT, { recursive: true });
const put = (name, text) => writeFileSync(new URL(`${name}.gz`, OUT), gzipSync(text, { level: 9 }));
for (const { path, contents } of made.outputFiles) put(path.split("/").pop(), contents);
put("index.html", readFileSync("index.html"));
put("LICENCES.txt", `The explorer holds these packages, unchanged but for bundling.\n\n${licences.join(`\n${"-".repeat(80)}\n\n`)}`);
for (const { path, contents } of made.outputFiles) console.log(path.split("/").pop(), contents.length, "bytes");
console.log(packages.size, "packages");
