import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { buildSubgraphSchema } from '@apollo/subgraph'
import { Kind, parse } from 'graphql'
import type { DocumentNode, FieldDefinitionNode, ObjectTypeDefinitionNode, TypeNode } from 'graphql'
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

const namedType = (type: TypeNode): string => (type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type))

/** The types that fields of a subgraph lead to, through the interfaces and unions that they belong to as well. */
const referredTo = (document: DocumentNode): ReadonlySet<string> => {
  const named = new Set(objectTypes(document).flatMap(({ fields = [] }) => fields.map(({ type }) => namedType(type))))
  const ofUnions = document.definitions.flatMap((one) => (one.kind === Kind.UNION_TYPE_DEFINITION && named.has(one.name.value) ? (one.types ?? []) : []))
  const ofInterfaces = objectTypes(document).filter(({ interfaces = [] }) => interfaces.some(({ name }) => named.has(name.value)))
  return new Set([...named, ...ofUnions.map(({ name }) => name.value), ...ofInterfaces.map(({ name }) => name.value)])
}

/** Entities that another subgraph leads to than the one that says this of them: then this one may be dead, and the entity there. */
const sharedEntities = () => {
  const documents = subgraphModules.map(({ name, sdl }) => ({ subgraph: name, document: parse(sdl) }))
  const leading = documents.map(({ subgraph, document }) => ({ subgraph, types: referredTo(document) }))
  return documents.flatMap(({ subgraph, document }) =>
    objectTypes(document)
      .filter((type) => keysOf(type).size > 0 && leading.some((other) => other.subgraph !== subgraph && other.types.has(type.name.value)))
      .map((type) => ({ subgraph, type })),
  )
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

  it('leaves every field but the keys nullable in entities that another subgraph leads to', () => {
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
