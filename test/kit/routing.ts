/** Rules for tests of the chat: the demo's departments, nothing that names one by its words, and nobody is offered anything by the hub. */
export const quietRouting = { directory: new URL('routing', import.meta.url).pathname }
