'use strict';

// Where the single executable starts: as bin/run.js, with the files of the bundle out of the executable.

const { getRawAsset } = require('node:sea');
const { start } = require('../../bin/run.js');

void start((file) => Buffer.from(getRawAsset(file)));
