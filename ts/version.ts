/** Version of this package and of its Python side: `npm run check` holds all places together. */
export const VERSION = "0.1.0";
