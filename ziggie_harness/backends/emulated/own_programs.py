"""The programs of our own that stand in for what a design has: the service in each region, and the witness."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ziggie_harness.backends.emulated.programs import API, WITNESS, Description, written
from ziggie_harness.backends.emulated.world import service_address
from ziggie_harness.lab.certificates import CertificateAuthority
from ziggie_harness.lab.sites import SERVICE_HOST, site_named
from ziggie_harness.model.topology import Role, Topology
from ziggie_harness.ports import Network

WITNESS_NAME: Final = "witness.ziggie.ai"

LEASE_NAME: Final = "writer"


@dataclass(frozen=True, slots=True)
class OwnPrograms:
    """Describes them for a topology on a network, with certificates for their names."""

    topology: Topology
    network: Network
    certificates: CertificateAuthority

    def service(self, role: Role, told: Mapping[str, str]) -> Description:
        """Describe the service of a region; ``told`` is what its environment says of its database and its size."""
        site = self.topology.region(role)
        address = service_address(self.topology, role)
        names = {self.topology.host_name(record) for record in self.topology.records}
        certificate = self.certificates.issue(self.topology.certified_names(role), [address])
        environment = {
            **told,
            "ZIGGIE_REGION": site,
            "ZIGGIE_LISTEN": written(self.network, address, 443),
            "ZIGGIE_CERTIFICATE": str(certificate.certificate_path),
            "ZIGGIE_KEY": str(certificate.key_path),
            "ZIGGIE_HEALTH": self.topology.health_depth,
            "ZIGGIE_NAMES": ",".join(sorted(names)) if self.topology.served_by_name else "",
        }
        if fencing := self.topology.fencing:
            environment |= {
                "ZIGGIE_WITNESS": written(self.network, witness_address(self.topology), 443),
                "ZIGGIE_WITNESS_NAME": WITNESS_NAME,
                "ZIGGIE_CA": str(self.certificates.certificate_path),
                "ZIGGIE_LEASE": LEASE_NAME,
                "ZIGGIE_LEASE_SECONDS": str(fencing.lease_seconds),
                "ZIGGIE_RENEW_SECONDS": str(fencing.renew_seconds),
                "ZIGGIE_EPOCHS": fencing.epochs,
            }
        return Description(f"service {site}", API, site, address, 443, environment)

    def witness(self, leases: Path) -> Description:
        """Describe the witness, which keeps the leases in a file."""
        address = witness_address(self.topology)
        certificate = self.certificates.issue([WITNESS_NAME], [address])
        environment = {
            "ZIGGIE_LISTEN": written(self.network, address, 443),
            "ZIGGIE_CERTIFICATE": str(certificate.certificate_path),
            "ZIGGIE_KEY": str(certificate.key_path),
            "ZIGGIE_LEASES": str(leases),
        }
        site = self.topology.region(Role.WITNESS)
        return Description(f"witness {site}", WITNESS, site, address, 443, environment)


def witness_address(topology: Topology) -> str:
    """Return where the witness listens."""
    return site_named(topology.region(Role.WITNESS)).host(SERVICE_HOST)
