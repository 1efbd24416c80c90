#!/usr/bin/env bash
# Checks infra/k8s and infra/terraform; what wants a program that is not installed is left out, and said.
set -euo pipefail
cd "$(dirname "$0")/.."
rendered=$(mktemp -d)
trap 'rm -rf "$rendered"' EXIT
checkov() { infra/checkov/.venv/bin/checkov --config-file infra/checkov/config.yaml "$@"; }

if command -v kubectl >/dev/null; then
  for overlay in production trial; do
    kubectl kustomize "infra/k8s/overlays/$overlay" >"$rendered/$overlay.yaml"
  done
  # The oldest version that these files are for, and the newest that is known here.
  for version in 1.34 1.37; do
    infra/.venv/bin/kubernetes-validate --strict --quiet --no-warn -k "$version" "$rendered"/*.yaml
  done
  checkov --framework kubernetes -d "$rendered"
else
  echo "kubectl is not installed: infra/k8s is not checked"
fi

if command -v terraform >/dev/null; then
  terraform fmt -check -recursive infra/terraform
else
  echo "terraform is not installed: the layout of infra/terraform is not checked"
fi
checkov --framework terraform -d infra/terraform
