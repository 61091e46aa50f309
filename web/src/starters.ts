// The tabs that the playground opens with, in the order of their file names.
const documents = import.meta.glob<string>('./starters/*.graphql', { query: '?raw', import: 'default', eager: true });

export const starters = Object.values(documents).map((query) => ({ query }));
