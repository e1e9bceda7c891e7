/** The rules of the company's departments and the examples of its intents: a folder, as `routing.directory` of `fuseboard.yaml` names one. */
export const demoRouting = new URL('../../routing', import.meta.url).pathname
