// A folder of the repository is not what is published: its links and its manifest do not say where site and repository are.
console.error(
  'Not from here: npm run tarballs -- --site URL --repository URL, then npm publish of each file of packed/',
)
process.exit(1)
