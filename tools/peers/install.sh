#!/usr/bin/env bash
# Installs the peers that the benchmark compares with, at pinned versions, into TALLY_PEERS, by default under the
# user's cache folder; the tree stays as it is. It needs Node with npm, Java with Maven, and Python with venv, and
# uses the sources of packages that these are set up with. What cannot be installed is told at the end, and makes
# it end with 4; the rest is installed all the same.
set -uo pipefail
cd "$(dirname "$0")"
. ./versions.env

peers=${TALLY_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/tallystick/peers}
mkdir -p "$peers"
log=$peers/install.log
: >"$log"
missing=()

# install NAME STAMP COMMAND... runs COMMAND unless it has run for these versions before.
install() {
  local name=$1 stamp=$2
  shift 2
  if [ "$(cat "$peers/$name.installed" 2>/dev/null)" = "$stamp" ]; then return; fi
  echo "install $name: $stamp"
  rm -f "$peers/$name.installed"
  if "$@" >>"$log" 2>&1; then echo "$stamp" >"$peers/$name.installed"; else missing+=("$name"); fi
}

# No package needs its install scripts; Dredd's would compile what it has in JavaScript as well.
npm_package() { npm install --prefix "$peers/npm/$1" --ignore-scripts --no-audit --no-fund "$2"; }

maven_jars() {
  rm -rf "$peers/java/$1"
  mvn -q -B -f "$PWD/$1.xml" "-Dpeer.version=$2" org.apache.maven.plugins:maven-dependency-plugin:$MAVEN_DEPENDENCY_PLUGIN:copy-dependencies \
    "-DoutputDirectory=$peers/java/$1" -DincludeScope=runtime
}

python_tool() { python3 -m venv "$peers/python/$1" && "$peers/python/$1/bin/pip" -q install "$2"; }

install prism "$PRISM" npm_package prism "@stoplight/prism-cli@$PRISM"
install mockoon "$MOCKOON" npm_package mockoon "@mockoon/cli@$MOCKOON"
install dredd "$DREDD" npm_package dredd "dredd@$DREDD"
install wiremock "$WIREMOCK" maven_jars wiremock "$WIREMOCK"
install mockserver "$MOCKSERVER" maven_jars mockserver "$MOCKSERVER"
install schemathesis "$SCHEMATHESIS" python_tool schemathesis "schemathesis==$SCHEMATHESIS"

if [ ${#missing[@]} -gt 0 ]; then
  echo "not installed: ${missing[*]}; $log tells why" >&2
  exit 4
fi
