/** The rules of the company's departments and the examples of its intents: a folder, as `routing.directory` of `fuseboard.yaml` names one. */
export const demoRouting = new URL('../../routing', import.meta.url).pathname

/** Who may read the company's articles, in the words of `fuseboard.yaml`: visitors all of its Yuque, whoever works here the rest, but for what the sources themselves keep to few. */
export const demoKnowledge = {
  access: [{ source: 'yuque', readers: ['public'] }, { source: 'svn', place: '/handbook/internal', readers: ['hr'] }],
  groups: { 'group:hr-only': ['hr'] },
  synonyms: new URL('../../knowledge/synonyms.yaml', import.meta.url).pathname,
}
