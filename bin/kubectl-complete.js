#!/usr/bin/env node
'use strict';

// kubectl runs the file `kubectl_complete-osm_ts` to complete `kubectl osm_ts …`, with the words as arguments.

const { start } = require('./run.js');

process.argv.splice(2, 0, '__complete');
void start();
