// webpack 4 and 5 by their interface for programs: `node webpack.js webpack4`. Neither needs a setting for otrs-auth.
import path from "node:path";

const [name] = process.argv.slice(2);
const { default: webpack } = await import(name);
const settings = {
  mode: "production",
  context: import.meta.dirname,
  entry: "./src/main.js",
  output: { path: path.join(import.meta.dirname, "out", name), filename: "main.js" },
};
webpack(settings, (error, stats) => {
  console.log(error ?? stats.toString({ modules: false }));
  if (error || stats.hasErrors()) process.exitCode = 1;
});
