// The addresses that the pages ask for their options and their API are those of the test's server.
const behind = process.env.BEHIND;

export default { server: { proxy: behind ? { "/options.json": behind, "/api": behind } : {} } };
