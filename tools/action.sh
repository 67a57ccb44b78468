#!/usr/bin/env bash
# Runs collint as action.yml asks for it. Inputs come as environment variables and never become part of a command text.
# Exit code: that of collint; findings are forgiven where the action says so.
set -euo pipefail

arguments=(--output-format "${INPUT_FORMAT:-github}")
[ -z "${INPUT_BASELINE:-}" ] || arguments+=("--baseline=$INPUT_BASELINE")
[ -z "${INPUT_MIN_CONFIDENCE:-}" ] || arguments+=("--min-confidence=$INPUT_MIN_CONFIDENCE")
[ "${INPUT_FAIL_ON_FINDINGS:-true}" = true ] || arguments+=(--exit-zero)

sarif=${INPUT_SARIF_FILE:-}
if [ -z "$sarif" ] && [ "${INPUT_UPLOAD_SARIF:-false}" = true ]; then
  sarif=$RUNNER_TEMP/collint.sarif
fi
[ -z "$sarif" ] || arguments+=("--also=sarif=$sarif")

base=${INPUT_DIFF_BASE:-}
if [ -n "$base" ]; then
  # A shallow clone does not have it. One commit is enough: a pull request's merge commit differs from it by the change.
  if ! git rev-parse --verify --quiet "$base^{commit}" >/dev/null && [ "${base#-}" = "$base" ]; then
    git fetch --quiet --no-tags --depth=1 origin "${base#origin/}" && base=FETCH_HEAD
  fi
  arguments+=("--diff-base=$base")
fi

paths=()
while IFS= read -r path; do
  [ -z "$path" ] || paths+=("$path")
done <<<"${INPUT_PATHS:-.}"

code=0
"${COLLINT:-collint}" check "${arguments[@]}" -- "${paths[@]}" || code=$?
if [ -n "${GITHUB_OUTPUT:-}" ] && [ -n "$sarif" ] && [ -f "$sarif" ]; then
  echo "sarif-file=$sarif" >>"$GITHUB_OUTPUT"
fi
exit "$code"
