package io.autotls.testing.chaos;

import io.autotls.testing.pebble.Pebble;
import java.nio.file.Path;

/**
 * Where a cluster lives.
 *
 * @param pebble its CA
 * @param address where the CA looks for its names, one of 127.0.0.0/8
 * @param ports for its nodes
 * @param folder for what its nodes write, the storage aside
 * @param storage the folder that the nodes share
 */
record Site(Pebble pebble, String address, Ports ports, Path folder, Path storage) {}
