import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { buildSubgraphSchema } from '@apollo/subgraph'
import { Kind, parse } from 'graphql'
import type { DocumentNode, FieldDefinitionNode, ObjectTypeDefinitionNode } from 'graphql'
import { composeSupergraph, supergraphFile } from '../../gateway/compose.ts'
import { allowedFields } from '../../subgraphs/allow.ts'
import { subgraphModules } from '../../subgraphs/index.ts'

const objectTypes = (document: DocumentNode): readonly ObjectTypeDefinitionNode[] =>
  document.definitions.filter((definition) => definition.kind === Kind.OBJECT_TYPE_DEFINITION)

const keysOf = (type: ObjectTypeDefinitionNode): ReadonlySet<string> =>
  new Set(
    (type.directives ?? [])
      .filter((directive) => directive.name.value === 'key')
      .flatMap((directive) => directive.arguments ?? [])
      .flatMap(({ value }) => (value.kind === Kind.STRING ? value.value.split(/\s+/) : [])),
  )

const isNonNull = ({ type }: FieldDefinitionNode) => type.kind === Kind.NON_NULL_TYPE

/** Entities that more than one subgraph knows, in what each says of them. */
const sharedEntities = () => {
  const known = subgraphModules.flatMap(({ name, sdl }) =>
    objectTypes(parse(sdl)).filter((type) => keysOf(type).size > 0).map((type) => ({ subgraph: name, type })),
  )
  const byName = Map.groupBy(known, ({ type }) => type.name.value)
  return [...byName.values()].filter((places) => places.length > 1).flat()
}

describe('the schema', () => {
  it('composes without an error or a hint, to the supergraph that is committed', async () => {
    assert.equal(await readFile(supergraphFile, 'utf8'), composeSupergraph())
  })

  for (const { name, sdl } of subgraphModules) {
    it(`says in ${name} for every root field and every field of an entity who may ask`, () => {
      assert.ok(allowedFields(buildSubgraphSchema(parse(sdl))).length > 0)
    })

    it(`leaves every root field and every mutation's payload of ${name} nullable`, () => {
      const roots = objectTypes(parse(sdl)).filter((type) => ['Query', 'Mutation'].includes(type.name.value))
      const strict = roots.flatMap((type) => (type.fields ?? []).filter(isNonNull).map((field) => `${type.name.value}.${field.name.value}`))
      assert.deepEqual(strict, [])
    })
  }

  it('refuses a root field without @allow', () => {
    const [directory] = subgraphModules
    assert.ok(directory)
    const open = buildSubgraphSchema(parse(`${directory.sdl}\nextend type Query { secret: String }`))
    assert.throws(() => allowedFields(open), /Query\.secret says with no @allow/)
  })

  it("refuses an entity's field without @allow, and asks none for its key", () => {
    const [directory] = subgraphModules
    assert.ok(directory)
    const open = buildSubgraphSchema(parse(`${directory.sdl}\nextend type Customer { secret: String }`))
    assert.throws(() => allowedFields(open), /Customer\.secret says with no @allow/)
  })

  it('leaves every field but the keys nullable in entities that several subgraphs share', () => {
    const entities = sharedEntities()
    assert.ok(entities.length >= 4)
    const strict = entities.flatMap(({ subgraph, type }) =>
      (type.fields ?? [])
        .filter((field) => isNonNull(field) && !keysOf(type).has(field.name.value))
        .map((field) => `${subgraph}: ${type.name.value}.${field.name.value}`),
    )
    assert.deepEqual(strict, [])
  })
})
