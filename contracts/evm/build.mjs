// Compiles src/ into artifacts/, one JSON file for each deployable contract; those of src/dev/ go to artifacts/dev/.
//
//     node build.mjs            write the artifacts
//     node build.mjs --check    exit 1 if a rebuild would change them
//
// Needs node_modules (`npm ci`), and no network.

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compile, compilerVersion, settings } from './solc.mjs'

const root = dirname(fileURLToPath(import.meta.url))
const sourceFolder = join(root, 'src')
const artifactFolder = join(root, 'artifacts')

const filesBelow = (folder, ending) => existsSync(folder)
    ? readdirSync(folder, { recursive: true }).filter(name => name.endsWith(ending)).sort()
    : []

function readSources() {
    const names = filesBelow(sourceFolder, '.sol')
    return Object.fromEntries(names.map(name => [`src/${name}`, readFileSync(join(sourceFolder, name), 'utf8')]))
}

// Of every source that the contract's code can depend on, as the compiler lists them.
function hashSources(metadata, sources) {
    const hash = createHash('sha256')
    for (const name of Object.keys(JSON.parse(metadata).sources).sort()) hash.update(`${name}\0${sources[name]}\0`)
    return hash.digest('hex')
}

const asArtifact = (contractName, sourceName, output, sources) => ({
    contractName,
    sourceName,
    sourceHash: hashSources(output.metadata, sources),
    compiler: { version: compilerVersion(), settings },
    abi: output.abi,
    methodIdentifiers: output.evm.methodIdentifiers,
    bytecode: '0x' + output.evm.bytecode.object,
    deployedBytecode: '0x' + output.evm.deployedBytecode.object,
    immutableReferences: output.evm.deployedBytecode.immutableReferences,
})

// A file's own contract is the one of its name; interfaces, libraries and abstract contracts have no artifact.
function buildAll() {
    const sources = readSources()
    const artifacts = {}
    for (const [sourceName, contracts] of Object.entries(compile(sources, settings))) {
        const name = basename(sourceName, '.sol')
        const output = contracts[name]
        if (!output?.evm.bytecode.object || sourceName.startsWith('src/libraries/')) continue
        const path = sourceName.startsWith('src/dev/') ? join('dev', `${name}.json`) : `${name}.json`
        artifacts[path] = JSON.stringify(asArtifact(name, sourceName, output, sources), null, 1) + '\n'
    }
    return artifacts
}

function differences(artifacts) {
    const committed = filesBelow(artifactFolder, '.json')
    const stale = committed.filter(path => !(path in artifacts)).map(path => `${path} has no source`)
    const changed = Object.keys(artifacts).filter(path => {
        const file = join(artifactFolder, path)
        return !existsSync(file) || readFileSync(file, 'utf8') !== artifacts[path]
    })
    return [...stale, ...changed.map(path => `${path} is not what its source compiles to`)]
}

function write(artifacts) {
    rmSync(artifactFolder, { recursive: true, force: true })
    for (const [path, text] of Object.entries(artifacts)) {
        mkdirSync(dirname(join(artifactFolder, path)), { recursive: true })
        writeFileSync(join(artifactFolder, path), text)
    }
}

const artifacts = buildAll()
if (process.argv.includes('--check')) {
    const found = differences(artifacts)
    for (const difference of found) console.error(`artifacts/${difference}; run: node build.mjs`)
    process.exit(found.length ? 1 : 0)
}
write(artifacts)
for (const [path, text] of Object.entries(artifacts)) {
    console.log(path, JSON.parse(text).deployedBytecode.length / 2 - 1, 'bytes')
}
