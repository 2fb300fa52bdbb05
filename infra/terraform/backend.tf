# The bucket is named at `terraform init -backend-config=bucket=...`: it is made once by hand, before everything else.
terraform {
  backend "gcs" {
    prefix = "dialix"
  }
}
