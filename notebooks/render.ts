// The other side of the notebook notebook-to-node: uses the model that lives there.
//
//   node --import tsx render.ts CONNECTION-FILE STEPS PICTURE

import { writeFileSync } from "node:fs";
import { attach, toPng } from "futhark-bridge";

const [connection = "", steps = "0", picture = "picture.png"] = process.argv.slice(2);

const fut = await attach(connection);
const { model } = fut.shared;
console.log(`found ${Object.keys(fut.shared)}: ${(await fut.entry.mass(model)).toFixed(6)}`);

const later = await fut.entry.step(Number(steps), model);
console.log(`after ${steps} steps more: ${(await fut.entry.mass(later)).toFixed(6)}`);

const image = await fut.entry.picture(later);
writeFileSync(picture, await toPng(image));
console.log(`${image} in ${picture}`);
await fut.close(); // the notebook keeps its model
