// A library of js-ipfs expects Node 22; on 20 this is all that it lacks.
Promise.withResolvers ??= function () { let resolve, reject; const promise = new this((a, b) => { resolve = a; reject = b }); return { promise, resolve, reject } }
