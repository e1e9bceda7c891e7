/* Three floors, no circle: gateway above subgraphs above fuse. What may import what; `npm run check` holds it. */
const forbid = (name, from, to, comment) => ({ name, severity: 'error', comment, from, to })

/** A folder of one subgraph; `execution/` is shared by all. */
const subgraph = '^subgraphs/(?!execution/)([^/]+)/'

/** What the conformance kit may know. */
const judgeable = [
  'gateway/config\\.ts', 'subgraphs/environment\\.ts', 'subgraphs/[^/]+/(backend|subgraph)\\.ts', 'fuse/(adapters|call|errors|settings)\\.ts',
  'demo/(backends|demo-file|legacy/relay)\\.ts',
]

module.exports = {
  forbidden: [
    forbid('no-circle', {}, { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } }, 'Nothing imports itself by a detour.'),
    forbid('fuse-alone', { path: '^fuse/' }, { path: '^(bus|prisma|gateway|subgraphs|demo|bench|test|console|conform|tools)/' }, 'fuse imports nothing of ours.'),
    forbid('bus-alone', { path: '^bus/' }, { path: '^(fuse|prisma|gateway|subgraphs|demo|bench|test|console|conform|tools)/' }, 'bus imports nothing of ours.'),
    forbid('prisma-alone', { path: '^prisma/' }, { path: '^(fuse|bus|gateway|subgraphs|demo|bench|test|console|conform|tools)/' }, 'prisma imports nothing of ours.'),
    forbid(
      'who-keeps-data',
      { path: '^(fuse|bus|gateway|subgraphs|demo|console|conform|tools)/', pathNot: '^(subgraphs/(chat|knowledge|routing)/|subgraphs/(environment|main|sql)\\.ts$|gateway/hub\\.ts$)' },
      { path: '^prisma/' },
      'Chat, routing and knowledge keep data; everybody else\'s stays in their backends.',
    ),
    forbid('database-by-its-door', { path: '^(gateway|subgraphs)/' }, { path: '^prisma/', pathNot: '^prisma/(client|generated/client)\\.ts$' }, 'A database is opened by prisma/client.ts.'),
    forbid('wire-alone', { path: '^fuse/wires/' }, { path: '^fuse/[^/]+\\.ts$', pathNot: '^fuse/(errors|call|settings)\\.ts$' }, 'A wire knows no fuse.'),
    forbid('subgraphs-below', { path: '^subgraphs/', pathNot: '^subgraphs/main\\.ts$' }, { path: '^(gateway|demo|bench|test|console|tools)/' }, 'A subgraph knows no gateway.'),
    forbid(
      'subgraph-process',
      { path: '^subgraphs/main\\.ts$' },
      { path: '^(gateway|demo|bench|test|console|conform|tools)/', pathNot: '^gateway/(config|config-changes|config-watch|routing-files|secrets|token-signing|synonyms-file|log|faults|metrics|tracing|transport)\\.ts$' },
      'A subgraph in a process of its own reads the settings and the secrets, logs and counts, as the hub does.',
    ),
    forbid('settings-passed', { path: '^(subgraphs|fuse)/', pathNot: '^subgraphs/main\\.ts$' }, { path: '^gateway/config' }, 'Settings are passed in, never imported.'),
    forbid(
      'own-folder',
      { path: subgraph },
      { path: subgraph, pathNot: '^subgraphs/$1/' },
      'A subgraph never imports another one.',
    ),
    forbid(
      'shared-is-below',
      { path: '^subgraphs/[^/]+\\.ts$', pathNot: '^subgraphs/(index|main|serve)\\.ts$' },
      { path: subgraph },
      'What the subgraphs share knows none of them.',
    ),
    forbid(
      'resolvers-know-ports',
      { path: '^subgraphs/[^/]+/(resolvers|loaders)\\.ts$' },
      { path: '^(fuse/(?!call\\.ts|errors\\.ts)|subgraphs/[^/]+/backend\\.[^/]+\\.ts|node_modules/(undici|soap|mollitia|mysql2|@grpc))', dependencyTypesNot: ['type-only'] },
      'Resolvers and loaders know their own port, never a wire or how a fuse is made.',
    ),
    forbid(
      'pure',
      { path: '^subgraphs/(routing/decide|[^/]+/(decode|decode[.][a-z]+|money|window)|departments|path-index|opening-hours|department-rules[a-z-]*|visibility|local-time|paging|degraded|freshness)[.]ts$' },
      { path: '^(fuse/wires/|node:(fs|net|http)|node_modules/(undici|soap|fastify|mysql2|@grpc))', dependencyTypesNot: ['type-only'] },
      'Decisions and decoding do no I/O.',
    ),
    forbid(
      'gateway-above',
      { path: '^gateway/' },
      { path: '^(subgraphs/[^/]+/|fuse/)', pathNot: '^fuse/(registry|call|errors|settings|span)\\.ts$' },
      'The gateway knows the list of subgraphs and the registry of fuses.',
    ),
    forbid('demo-apart', { path: '^(gateway|subgraphs|fuse|bus|prisma)/', pathNot: '^gateway/main\\.ts$' }, { path: '^(demo|bench|test|console|conform|tools)/' }, 'Only gateway/main.ts starts the demo.'),
    forbid('console-apart', { path: '^console/' }, { path: '^(gateway|subgraphs|fuse|bus|prisma|demo|bench|test|conform|tools)/', pathNot: '^gateway/session\\.ts$' }, 'The console knows the schema, what /session answers, and nothing else of the server.'),
    forbid('console-types', { path: '^console/' }, { path: '^gateway/', dependencyTypesNot: ['type-only'] }, 'Nothing of the server is bundled.'),
    forbid('console-runs-in-browsers', { path: '^console/src/' }, { path: '^console/(build|vite\\.config)\\.ts$|^console/building/', dependencyTypesNot: ['type-only'] }, 'What builds the console is no part of it.'),
    forbid('tools-apart', { path: '^tools/' }, { path: '^(gateway|subgraphs|fuse|bus|prisma|demo|bench|test|conform|console)/' }, 'A tool works on files.'),
    forbid('judge-apart', { path: '^(?!conform/|test/)' }, { path: '^conform/' }, 'The conformance kit judges; nothing is built on it.'),
    forbid(
      'judge-knows-ports',
      { path: '^conform/' },
      { path: '^(gateway|subgraphs|fuse|bus|demo|bench|test|console|tools)/', pathNot: `^(${judgeable.join('|')})$` },
      'The kit knows ports and the tables of their adapters, never one adapter: a newcomer is judged as ours are.',
    ),
    forbid('no-orphans', { path: '^(gateway|subgraphs|fuse|bus|prisma|demo|conform)/', orphan: true, pathNot: '(main\\.ts|^prisma/generated/.*)$' }, {}, 'What nobody imports is dead.'),
    forbid('dev-only', { path: '^(gateway|subgraphs|fuse|bus|prisma|demo|conform)/', pathNot: '^gateway/compose\\.ts$' }, { dependencyTypes: ['npm-dev'] }, 'What runs is a dependency.'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^console/dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json'], exportsFields: ['exports'], conditionNames: ['import', 'node', 'types'] },
  },
}
