// Writes golden.json anew: what the official client makes of 48 sets of parameters.
//   npm install --ignore-scripts @metaplex-foundation/mpl-bubblegum@5.1.0 @metaplex-foundation/umi-bundle-defaults
//   node golden.mjs > golden.json          (in a folder outside the project that holds this file)
import { createRequire } from "node:module";
const require = createRequire(process.cwd() + "/");
const { createUmi } = require("@metaplex-foundation/umi-bundle-defaults");
const umiLib = require("@metaplex-foundation/umi");
const b = require("@metaplex-foundation/mpl-bubblegum");

const umi = createUmi("http://127.0.0.1:1").use(b.mplBubblegum());
const key = (n) => umi.eddsa.createKeypairFromSeed(new Uint8Array(32).fill(n)).publicKey;
const signer = (n) => umiLib.createNoopSigner(key(n));
umi.use(umiLib.signerIdentity(signer(1)));
const hex = (bytes) => Buffer.from(bytes).toString("hex");
const shares = [[], [100], [60, 40], [50, 30, 20], [40, 30, 20, 10], [20, 20, 20, 20, 20]];
const indices = [0n, 1n, 255n, 65536n, 4294967295n, 4294967296n, 18446744073709551615n];
const texts = [["", "", ""], ["Farm Badge #1234", "FARM", "ipfs://x/1234.json"], ["n".repeat(32), "s".repeat(10), "u".repeat(200)], ["Ä".repeat(16), "€€€", "é".repeat(100)]];
const kinds = ["mint_v1", "mint_to_collection_v1", "mint_v2"];
const out = [];
for (let i = 0; i < 48; i++) {
  const kind = kinds[i % 3];
  const grouped = kind === "mint_to_collection_v1" || (kind === "mint_v2" && i % 2 === 0);
  const [name, symbol, uri] = texts[(i >> 1) % 4];
  const collection = grouped ? key(50) : null;
  const p = { kind, name, symbol, uri, royalty: [0, 1, 500, 10000][(i >> 2) % 4], mutable: i % 5 !== 0, sold: i % 7 === 0,
    creators: shares[(i * 5 + (i >> 3)) % 6].map((share, n) => ({ address: key(100 + n), share, verified: false })),
    collection, index: indices[i % 7].toString(), tree: key(2), payer: key(1), authority: key(3), owner: key(4), delegate: (i >> 1) % 2 ? key(5) : null };
  const head = { name, symbol, uri, sellerFeeBasisPoints: p.royalty, isMutable: p.mutable, primarySaleHappened: p.sold, creators: p.creators.map((c) => ({ address: c.address, share: c.share, verified: c.verified })) };
  const common = { merkleTree: p.tree, leafOwner: p.owner, ...(p.delegate ? { leafDelegate: p.delegate } : {}), payer: signer(1) };
  const leaf = { merkleTree: p.tree, owner: p.owner, delegate: p.delegate ?? p.owner, leafIndex: indices[i % 7] };
  let builder, hash, data;
  const none = umiLib.none();
  if (kind === "mint_v2") {
    const metadata = { ...head, tokenStandard: umiLib.some(0), collection: collection ? umiLib.some(collection) : none };
    builder = b.mintV2(umi, { ...common, metadata, treeCreatorOrDelegate: signer(3), ...(collection ? { coreCollection: collection, collectionAuthority: signer(3) } : {}) });
    hash = b.hashLeafV2(umi, { ...leaf, metadata }); data = b.hashMetadataDataV2(metadata);
  } else {
    const metadata = { ...head, editionNonce: none, tokenStandard: umiLib.some(0), uses: none, tokenProgramVersion: 0, collection: collection ? umiLib.some({ key: collection, verified: true }) : none };
    const input = { ...common, metadata, treeCreatorOrDelegate: signer(3) };
    builder = kind === "mint_v1" ? b.mintV1(umi, input) : b.mintToCollectionV1(umi, { ...input, collectionMint: collection, collectionAuthority: signer(3) });
    hash = b.hashLeaf(umi, { ...leaf, metadata }); data = b.hashMetadataData(metadata);
  }
  const instruction = builder.getInstructions().at(-1);
  out.push({ ...p, data: hex(instruction.data), accounts: instruction.keys.map((k) => [k.pubkey, k.isSigner, k.isWritable]),
    asset: b.findLeafAssetIdPda(umi, { merkleTree: p.tree, leafIndex: indices[i % 7] })[0], leaf: hex(hash), data_hash: hex(data), creator_hash: hex(b.hashMetadataCreators(p.creators)) });
}
process.stdout.write(JSON.stringify(out, null, 1) + "\n");
