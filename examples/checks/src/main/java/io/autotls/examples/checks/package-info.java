/** What the quickstarts must do, whatever server they show. */
package io.autotls.examples.checks;
